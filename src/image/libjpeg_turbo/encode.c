/* What espalier asks of libjpeg-turbo: RGB pixels to the bytes of a JPEG file. */

#include "codec.h"

static unsigned long length;

/* Of N. Robidoux, by which mozjpeg and ImageMagick quantise: smaller files that look the same. */
static const unsigned int quantisation[DCTSIZE2] = {
  16, 16, 16, 18, 25, 37, 56, 85,
  16, 17, 20, 27, 34, 40, 53, 75,
  16, 20, 24, 31, 43, 62, 91, 135,
  18, 27, 31, 40, 53, 74, 106, 156,
  25, 34, 43, 53, 69, 94, 131, 189,
  37, 40, 62, 74, 94, 124, 169, 238,
  56, 53, 91, 106, 131, 169, 226, 311,
  85, 75, 135, 156, 189, 238, 311, 418,
};

static void on_message(j_common_ptr codec, int level) {}

/* Returns length() bytes: progressive, chroma halved below quality 90, with its own Huffman codes. */
EXPORT("encode")
unsigned char *encode(unsigned char *pixels, int width, int height, int quality)
{
  struct jpeg_compress_struct codec;
  struct jpeg_error_mgr errors;
  unsigned char *file = NULL;
  codec.err = jpeg_std_error(&errors);
  errors.error_exit = on_error;
  errors.emit_message = on_message;
  jpeg_create_compress(&codec);
  jpeg_mem_dest(&codec, &file, &length);
  codec.image_width = width;
  codec.image_height = height;
  codec.input_components = 3;
  codec.in_color_space = JCS_RGB;
  jpeg_set_defaults(&codec);
  for (int table = 0; table < 2; table++)
    jpeg_add_quant_table(&codec, table, quantisation, jpeg_quality_scaling(quality), FALSE);
  if (quality >= 90)
    codec.comp_info[0].h_samp_factor = codec.comp_info[0].v_samp_factor = 1;
  codec.optimize_coding = TRUE;
  jpeg_simple_progression(&codec);
  jpeg_start_compress(&codec, TRUE);
  while (codec.next_scanline < codec.image_height) {
    JSAMPROW from = pixels + (size_t)codec.next_scanline * width * 3;
    jpeg_write_scanlines(&codec, &from, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  return file;
}

EXPORT("length") int file_length(void) { return length; }
