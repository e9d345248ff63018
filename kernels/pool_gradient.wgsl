// The slope of a pool's output, handed to the pixels of its windows.
//
// Average: dx[n, h, w, c] = sum over the windows that hold the pixel of
//   dy[n, p, q, c] / places of the window in the image.
// Maximum: dx[n, h, w, c] = sum over the windows whose first maximum the pixel
//   is, row by row, of dy[n, p, q, c]: TensorFlow's rule for ties.
//
// x, dx (batch, inHeight, inWidth, channels), y (the pool's output), dy (batch,
// outHeight, outWidth, channels). `element` is one channel or four.
